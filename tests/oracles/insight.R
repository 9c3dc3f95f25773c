# Makes insight.json, the numbers that test_insight.py holds npscore against:
#
#     Rscript tests/oracles/insight.R tests/oracles/insight.json
#
# R 4.2.2 with metafor 3.8-1, spc 0.6.7 and jsonlite 1.8.4 (Debian r-cran-metafor, r-cran-spc, r-cran-jsonlite).
# Nothing here is translated from npscore: decompositions work on one row a respondent and on standardised scores,
# errors are bootstrapped, shrinkage is metafor's, run lengths are spc's, charts use base R.

suppressMessages({library(metafor); library(jsonlite); library(spc)})
set.seed(20240229)
sizes <- function(k, most) matrix(rpois(3 * k, runif(3 * k, 1, most)), k, 3)

# --- Mix and rate (Kitagawa 1955 as the mean of two standardisations, Das Gupta 1993), from rows of answers ---

long <- function(counts) data.frame(
  segment = rep(rep(rownames(counts), 3), c(counts)),
  y = rep(c(-100, 0, 100), times = colSums(counts)))

parts <- function(before, after) {
  all <- sort(union(before$segment, after$segment))
  share <- function(d) table(factor(d$segment, all)) / nrow(d)
  mean_by <- function(d) {
    m <- tapply(d$y, factor(d$segment, all), mean)
    ifelse(is.na(m), mean(d$y), m)
  }
  w0 <- share(before); w1 <- share(after); r0 <- mean_by(before); r1 <- mean_by(after)
  at <- function(w, r) sum(w * r)
  c(before = mean(before$y), after = mean(after$y),
    mix = ((at(w1, r0) - at(w0, r0)) + (at(w1, r1) - at(w0, r1))) / 2,
    rate = ((at(w0, r1) - at(w0, r0)) + (at(w1, r1) - at(w1, r0))) / 2,
    mix3 = at(w1, r0) - at(w0, r0), rate3 = at(w0, r1) - at(w0, r0),
    interaction3 = (at(w1, r1) - at(w0, r1)) - (at(w1, r0) - at(w0, r0)),
    standardised = at(w0, r1))
}

resampled <- function(before, after, times = 4000) {
  draw <- function(d) d[sample.int(nrow(d), replace = TRUE), ]
  apply(replicate(times, parts(draw(before), draw(after))), 1, sd)
}

cases <- lapply(1:6, function(i) {
  k <- 2 + i %/% 2
  a <- sizes(k, 120) + 1; b <- sizes(k, 120) + 1
  rownames(a) <- letters[1:k]; rownames(b) <- letters[1:k]
  if (i == 4) { rownames(b)[k] <- "new" }
  one <- long(a); two <- long(b)
  list(before = as.list(as.data.frame(t(a))), after = as.list(as.data.frame(t(b))),
       parts = as.list(parts(one, two)), errors = if (i <= 4) as.list(resampled(one, two)) else NULL)
})

# --- Shrinkage: metafor::rma and metafor::blup ---

fitted <- function(yi, vi, method) {
  fit <- rma(yi, vi, method = method, control = list(threshold = 1e-8, maxiter = 10000, tol = 1e-13, tau2.max = 1e6))
  best <- blup(fit)
  list(method = method, mu = c(fit$beta), se_mu = fit$se, tau2 = fit$tau2, q = fit$QE, i2 = fit$I2,
       values = best$pred, standard_errors = best$se)
}

shrunk <- function(yi, vi) list(
  estimates = c(yi), variances = c(vi), fits = lapply(c("DL", "PM", "REML"), function(m) fitted(yi, vi, m)))

meta <- lapply(1:4, function(i) {
  k <- c(3, 8, 20, 6)[i]
  vi <- runif(k, 10, 400)
  shrunk(20 + rnorm(k, 0, c(25, 12, 5, 0)[i]) + rnorm(k, 0, sqrt(vi)), vi)
})
bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)

# --- Charts, from the counts ---

waves <- sizes(14, 90) + 1
n <- rowSums(waves); x <- 100 * (waves[, 3] - waves[, 1]) / n
codes <- rep(c(-100, 0, 100), colSums(waves))
center <- mean(codes); sigma <- sqrt(mean((codes - center)^2))
z <- (x - center) / (sigma / sqrt(n))
lambda <- 0.2; L <- 2.86
smooth <- as.numeric(stats::filter(lambda * x, 1 - lambda, method = "recursive", init = center))
spread <- sapply(seq_along(x), function(t) sqrt(sum((lambda * (1 - lambda)^(t - 1:t))^2 * sigma^2 / n[1:t])))
high <- Reduce(function(s, z) max(0, s + z - 0.5), z, accumulate = TRUE, 0)[-1]
low <- Reduce(function(s, z) max(0, s - z - 0.5), z, accumulate = TRUE, 0)[-1]
charts <- list(
  waves = waves, center = center, sigma = sigma,
  lower = center - 3 * sigma / sqrt(n), upper = center + 3 * sigma / sqrt(n),
  ewma = list(values = smooth, lower = center - L * spread, upper = center + L * spread),
  cusum = list(high = high, low = low), dispersion = mean(abs(diff(z))) / (2 / sqrt(pi)))

# P(no alarm in the first 100 points) while nothing changes, and the mean run length: package spc
runs <- list(
  ewma_sf_100 = xewma.sf(0.2, 2.86, 0, 100, sided = "two", limits = "vacl")[100],
  cusum_high_sf_100 = xcusum.sf(0.5, 4, 0, 100, sided = "one")[100],
  ewma_arl = unname(xewma.arl(0.2, 2.86, 0, sided = "two")),
  cusum_arl_4 = unname(xcusum.arl(0.5, 4, 0, sided = "two")),
  cusum_arl_5 = unname(xcusum.arl(0.5, 5, 0, sided = "two")))

write_json(
  list(change = cases, shrink = meta, bcg = shrunk(bcg$yi, bcg$vi), charts = charts, runs = runs),
  commandArgs(TRUE)[1], digits = NA, auto_unbox = TRUE, pretty = TRUE)
