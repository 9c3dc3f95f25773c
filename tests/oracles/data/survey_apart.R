# Writes survey_apart.csv beside it:  Rscript survey_apart.R   (R 4.2.2, package survey 4.1-1, Debian 12)
# The answers of two strata of survey_rows.csv as two samples drawn apart: one svydesign each, put side by side as the
# strata of one design, in which svyglm gives their difference; and Welch's t.test of the codes without weights.
suppressMessages(library(survey))
rows <- read.csv("survey_rows.csv")
rows <- rows[rows$stratum %in% c("north", "south"), ]
rows$y <- (rows$rating >= 9) - (rows$rating <= 6)
rows$sample <- factor(rows$stratum, c("south", "north")) # the difference is north - south
rows$some <- ifelse(rows$weight > 0, rows$weight, 1)

out <- list()
keep <- function(case, value, error, df_a, df_b, df = NA, p = NA, lower = NA, upper = NA) {
  out[[length(out) + 1]] <<- data.frame(case, value = 100 * value, error = 100 * error, df_a, df_b, df, p,
    lower = 100 * lower, upper = 100 * upper)
}
apart <- function(case, ids, weights) {
  both <- svydesign(id = ids, strata = ~sample, weights = weights, nest = TRUE, data = rows)
  fit <- svyglm(y ~ sample, both)
  dfs <- sapply(c("north", "south"), function(name) {
    degf(svydesign(id = ids, weights = weights, data = rows[rows$stratum == name, ]))
  })
  keep(case, coef(fit)[[2]], SE(fit)[[2]], dfs[[1]], dfs[[2]])
}
apart("plain", ~1, ~some)
apart("accounts", ~account, ~some)
apart("zeros", ~1, ~weight)
welch <- t.test(rows$y[rows$stratum == "north"], rows$y[rows$stratum == "south"])
keep("welch", welch$estimate[[1]] - welch$estimate[[2]], welch$stderr, sum(rows$stratum == "north") - 1,
  sum(rows$stratum == "south") - 1, welch$parameter[[1]], welch$p.value, welch$conf.int[1], welch$conf.int[2])
write.csv(do.call(rbind, out), "survey_apart.csv", row.names = FALSE, quote = FALSE)
