# Rscript --vanilla intervals.R > intervals.csv
# Base R only. The score limits by uniroot on Tango's statistic as printed (the quadratic in its first form);
# the posterior by integrate over the share of those who are not passive (S) of pbeta of promoters among them (T).
options(digits = 17)
score_gap <- function(delta, d, n, p, z) {
  A <- 2 * n; B <- -d - p + (2 * n - p + d) * delta; C <- -d * delta * (1 - delta)
  q <- (sqrt(pmax(B^2 - 4 * A * C, 0)) - B) / (2 * A)
  (p - d - n * delta) - z * sqrt(pmax(n * (2 * q + delta * (1 - delta)), 0))
}
lower <- function(d, n, p, z) {
  if (d == n) return(-1)
  top <- (p - d) / n
  if (score_gap(top, d, n, p, z) > -1e-7) top <- top - 1e-6
  uniroot(score_gap, c(-1, top), d = d, n = n, p = p, z = z, tol = 1e-15, maxiter = 10000)$root
}
posterior_cdf <- function(x, d, z, p) {
  a <- p + .5; b <- d + .5; k <- z + .5
  f <- function(u) { s <- qbeta(u, a + b, k); pbeta(pmin(pmax((1 + x / s) / 2, 0), 1), a, b) }
  cut <- pbeta(abs(x), a + b, k)
  inner <- integrate(f, cut, 1, rel.tol = 1e-10, abs.tol = 1e-12, subdivisions = 2000, stop.on.error = FALSE)$value
  inner + if (x > 0) cut else 0
}
quantile_of <- function(prob, d, z, p)
  uniroot(function(x) posterior_cdf(x, d, z, p) - prob, c(-1 + 1e-9, 1 - 1e-9), tol = 1e-12)$root
cases <- list(c(20, 20, 60), c(2, 3, 5), c(0, 0, 10), c(0, 7, 0), c(9, 0, 0), c(0, 1, 0), c(1, 0, 4), c(0, 12, 3),
              c(13, 0, 29), c(120, 260, 620), c(3, 1, 996), c(1, 8, 1))
rows <- list()
for (x in cases) for (level in c(.8, .95, .99)) {
  n <- sum(x); z <- qnorm((1 + level) / 2)
  rows[[length(rows) + 1]] <- data.frame(
    detractors = x[1], passives = x[2], promoters = x[3], level = level,
    score_lower = 100 * lower(x[1], n, x[3], z), score_upper = -100 * lower(x[3], n, x[1], z),
    jeffreys_lower = 100 * quantile_of((1 - level) / 2, x[1], x[2], x[3]),
    jeffreys_upper = 100 * quantile_of((1 + level) / 2, x[1], x[2], x[3]),
    above_10 = 1 - posterior_cdf(.1, x[1], x[2], x[3]))
}
table <- do.call(rbind, rows)
write.csv(format(table, digits = 15, trim = TRUE, scientific = FALSE), row.names = FALSE, quote = FALSE)
