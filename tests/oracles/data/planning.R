# Writes planning_margin.csv and planning_difference.csv beside it:  Rscript planning.R   (R 4.2.2, base packages only)
# v: variance of one answer's code; margin and difference: points; k: the sample size before rounding up.
margins <- list()
for (level in c(.9, .95, .99)) for (v in c(.55, 2/3, 1, 1.7)) for (m in c(2, 5, 11))
  for (deff in c(1, 1.4)) for (N in c(Inf, 5000, 300)) {
    z <- qnorm(1 - (1 - level) / 2)
    n0 <- z^2 * v / (m / 100)^2 * deff
    k <- n0 / (1 + n0 / N)
    stopifnot(abs(100 * z * sqrt(v * deff / k * (1 - k / N)) - m) < 1e-9)
    margins[[length(margins) + 1]] <- data.frame(level = level, v = v, margin = m, deff = deff, people = N, k = k,
      n = ceiling(k), margin_at_200 = 100 * z * sqrt(v * deff / 200 * (1 - 200 / N)))
  }
differences <- list()
for (sides in c(1, 2)) for (alpha in c(.01, .05, .1)) for (power in c(.5, .8, .95)) for (v in list(c(.6, .6), c(.3, .9)))
  for (delta in c(3, 10, 40)) for (ratio in c(.5, 1, 3)) {
    z <- qnorm(1 - alpha / sides)
    k <- (v[1] + v[2] / ratio) * (z + qnorm(power))^2 / (delta / 100)^2
    se <- 100 * sqrt(v[1] / 150 + v[2] / 220)
    differences[[length(differences) + 1]] <- data.frame(sides = sides, alpha = alpha, power = power, v_a = v[1],
      v_b = v[2], difference = delta, ratio = ratio, k = k, n = ceiling(k),
      power_at_150_220 = pnorm(delta / se - z) + (if (sides == 2) pnorm(-delta / se - z) else 0),
      mdc_at_150_220 = (z + qnorm(power)) * se)
  }
write <- function(rows, file) {
  table <- do.call(rbind, rows)
  table[] <- lapply(table, function(column) sprintf("%.17g", column))
  write.csv(table, file, row.names = FALSE, quote = FALSE)
}
write(margins, "planning_margin.csv")
write(differences, "planning_difference.csv")
