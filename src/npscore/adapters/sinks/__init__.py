"""Where actions go: one file per technology.

================  ========================================================
`memory`          this process, for tests and trials
`lines`           a file of JSON lines that several processes share
`webhook`         HTTP, signed as Standard Webhooks asks
`email`           SMTP, with templates for text and HTML
`mails`           what mails say of each deed
`bodies`          the one spelling of an action that the others send
`patience`        how long they may go on trying
================  ========================================================
"""
