# Writes survey_rows.csv and survey.csv beside it:  Rscript survey.R   (R 4.2.2, package survey 4.1-1, Debian 12)
# y: -1, 0, +1 by the rating; every value and standard error below is 100 times that of the survey package.
suppressMessages(library(survey))
set.seed(20240917)
n <- 160
rows <- data.frame(
  stratum = sample(c("north", "south", "west"), n, TRUE, c(.5, .3, .2)),
  account = sample(1:9, n, TRUE), # the same numbers in every stratum: nested
  channel = sample(c("shop", "web", "phone"), n, TRUE, c(.5, .4, .1)),
  size = sample(c("small", "big"), n, TRUE),
  role = sample(c("user", "buyer", "chief"), n, TRUE),
  weight = round(exp(rnorm(n, 0, .7)), 3)
)
rows$rating <- pmin(10, pmax(0, round(7.6 + rnorm(n, 0, 2) + 1.2 * (rows$channel == "web") + (rows$account %% 3 - 1))))
rows$weight[c(7, 50, 101)] <- 0
write.csv(rows, "survey_rows.csv", row.names = FALSE, quote = FALSE)
rows$y <- (rows$rating >= 9) - (rows$rating <= 6)
rows$N <- c(north = 400, south = 200, west = 90)[rows$stratum] # answers in each stratum
rows$G <- c(north = 30, south = 20, west = 12)[rows$stratum] # accounts in each stratum
rows$all <- 700
rows$accounts <- 25

out <- list()
keep <- function(case, stat, df = NA, extra = NA) {
  out[[length(out) + 1]] <<- data.frame(case = case, value = 100 * coef(stat)[[1]], error = 100 * SE(stat)[[1]],
    df = df, extra = extra)
}
mean_of <- function(case, design, ...) {
  stat <- svymean(~y, design, deff = "replace", ...)
  keep(case, stat, degf(design), deff(stat)[[1]])
}
rep_mean <- function(case, design, type) {
  replicates <- as.svrepdesign(design, type = type)
  keep(case, svymean(~y, replicates), degf(design))
}
plain <- svydesign(id = ~1, weights = ~weight, data = rows)
mean_of("equal", svydesign(id = ~1, weights = ~1, data = rows))
mean_of("plain", plain)
mean_of("plain population", svydesign(id = ~1, weights = ~weight, fpc = ~all, data = rows))
accounts <- svydesign(id = ~account, weights = ~weight, data = rows)
mean_of("accounts", accounts)
accounts_fpc <- svydesign(id = ~account, weights = ~weight, fpc = ~accounts, data = rows)
mean_of("accounts population", accounts_fpc)
strata <- svydesign(id = ~1, strata = ~stratum, weights = ~weight, data = rows)
mean_of("strata", strata)
mean_of("strata population", svydesign(id = ~1, strata = ~stratum, weights = ~weight, fpc = ~N, data = rows))
both <- svydesign(id = ~account, strata = ~stratum, weights = ~weight, nest = TRUE, data = rows)
mean_of("strata accounts", both)
both_fpc <- svydesign(id = ~account, strata = ~stratum, weights = ~weight, fpc = ~G, nest = TRUE, data = rows)
mean_of("strata accounts population", both_fpc)

rep_mean("jackknife plain", plain, "JK1")
rep_mean("jackknife accounts", accounts, "JK1")
rep_mean("jackknife accounts population", accounts_fpc, "JK1")
rep_mean("jackknife strata", strata, "JKn")
rep_mean("jackknife strata accounts", both, "JKn")
rep_mean("jackknife strata accounts population", both_fpc, "JKn")

channels <- data.frame(channel = c("shop", "web", "phone"), Freq = c(300, 320, 80))
sizes <- data.frame(size = c("small", "big"), Freq = c(450, 250))
cells <- expand.grid(channel = channels$channel, size = sizes$size)
cells$Freq <- c(200, 190, 60, 100, 130, 20)
# calibrated cases: the rows of weight 0 have weight 1, because calibrate() divides by the weights, and the standard
# error after postStratify() lets a row of weight 0 contribute (svyrecvar sets its psw to 1 and subtracts the mean)
rows$some <- pmax(rows$weight, rows$weight == 0)
some <- svydesign(id = ~1, weights = ~some, data = rows)
some_both <- svydesign(id = ~account, strata = ~stratum, weights = ~some, nest = TRUE, data = rows)
some_accounts_fpc <- svydesign(id = ~account, weights = ~some, fpc = ~accounts, data = rows)
mean_of("poststratified", postStratify(some, ~channel, channels))
mean_of("poststratified strata accounts", postStratify(some_both, ~channel, channels))
mean_of("poststratified accounts population", postStratify(some_accounts_fpc, ~channel, channels))
mean_of("poststratified cells", postStratify(some, ~ channel + size, cells))
raked <- function(design) calibrate(design, ~ channel + size, calfun = "raking", epsilon = 1e-14, maxit = 1000,
  c(`(Intercept)` = 700, channelshop = 300, channelweb = 320, sizesmall = 450))
mean_of("raked", raked(some))
mean_of("raked strata accounts", raked(some_both))
equal <- svydesign(id = ~1, weights = ~1, data = rows)
mean_of("raked equal", raked(equal))
rake_equal <- rake(equal, list(~channel, ~size), list(channels, sizes), control = list(maxit = 200, epsilon = 1e-12))
mean_of("rake equal", rake_equal)

# every tenth rating missing: dropped before the design, and (with a calibration) as a domain of it
missing <- seq(10, n, 10)
holes <- rows
holes$y[missing] <- NA
mean_of("missing accounts", svydesign(id = ~account, weights = ~weight, data = holes[-missing, ]))
mean_of("missing raked", raked(svydesign(id = ~1, weights = ~some, data = holes)), na.rm = TRUE)

# the coefficient of buyer against user in a linear model of the role is the difference of their weighted means
differ <- function(case, design) {
  design <- update(design, role = relevel(factor(role), "user"))
  fit <- svyglm(y ~ role, design)
  keep(case, structure(coef(fit)["rolebuyer"], var = vcov(fit)["rolebuyer", "rolebuyer"], class = "svystat"), degf(design))
}
differ("difference plain", plain)
differ("difference accounts", accounts)
differ("difference strata accounts", both)
differ("difference strata accounts population", both_fpc)
differ("difference raked", raked(some_both))

table <- do.call(rbind, out)
table[-1] <- lapply(table[-1], function(column) sprintf("%.17g", column))
write.csv(table, "survey.csv", row.names = FALSE, quote = FALSE)
write.csv(data.frame(poststratified = sprintf("%.17g", weights(postStratify(some, ~channel, channels))),
  raked = sprintf("%.17g", weights(raked(some)))), "survey_weights.csv", row.names = FALSE, quote = FALSE)
