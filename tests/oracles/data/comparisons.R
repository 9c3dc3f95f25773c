# Rscript --vanilla comparisons.R > comparisons.csv
# Base R only. One line a figure: what, case, value.
# wald, adjusted: cov.wt(method = "ML") of the codes; welch, t: t.test; score: optimize() of the multinomial likelihood
# under the constraint, no quadratic; mover: from score limits found by uniroot on that; paired: t.test(paired);
# stuart_maxwell: mantelhaen.test with a stratum a person; bhapkar: the quadratic form with solve(); many: sum of
# squares by lm(weights); welch anova: oneway.test; adjust: p.adjust; trend: lm(weights), its error without sigma.
out <- function(what, case, value) cat(what, case, format(value, digits = 15, scientific = FALSE, trim = TRUE), sep = ",", fill = TRUE)
cat("what,case,value\n")
codes <- function(x) 100 * rep(c(-1, 0, 1), x)
ml <- function(x, add = 0) {
  m <- cov.wt(matrix(c(-100, 0, 100)), wt = x + add, method = "ML")
  w <- x + add; v <- sum(w / sum(w) * (c(-100, 0, 100) - m$center)^2)
  c(m$center, v / sum(w))
}
null_var <- function(delta, x) {   # most likely variance of a code, given p_p - p_d = delta
  low <- max(0, -delta); high <- (1 - delta) / 2
  minus <- function(q) { p <- c(q, 1 - 2 * q - delta, q + delta); -sum(ifelse(x > 0, x * log(pmax(p, 1e-300)), 0)) }
  q <- optimize(minus, c(low, high), tol = 1e-13)$minimum
  2 * q + delta - delta^2
}
statistic <- function(delta, x) (diff(x[c(1, 3)]) / sum(x) - delta) / sqrt(null_var(delta, x) / sum(x))
limit <- function(x, z, side) {
  d <- diff(x[c(1, 3)]) / sum(x)
  ends <- if (side < 0) c(-1 + 1e-9, d - 1e-9) else c(d + 1e-9, 1 - 1e-9)
  uniroot(function(delta) statistic(delta, x) + side * z, ends, tol = 1e-14)$root
}
pairs <- list(c(30, 25, 45, 20, 20, 60), c(2, 3, 5, 4, 3, 3), c(5, 20, 40, 150, 200, 650), c(1, 9, 10, 2, 3, 15))
for (i in seq_along(pairs)) {
  a <- pairs[[i]][1:3]; b <- pairs[[i]][4:6]; add <- c(.75, 1.5, .75)
  for (way in c("wald", "adjusted_wald")) {
    k <- if (way == "wald") 0 else add
    A <- ml(a, k); B <- ml(b, k); se <- sqrt(A[2] + B[2]); z <- (A[1] - B[1]) / se
    out(paste0(way, "_se"), i, se); out(paste0(way, "_statistic"), i, z); out(paste0(way, "_p"), i, 2 * pnorm(-abs(z)))
    out(paste0(way, "_lower"), i, A[1] - B[1] - qnorm(.975) * se)
  }
  w <- t.test(codes(a), codes(b))
  out("welch_statistic", i, w$statistic); out("welch_df", i, w$parameter); out("welch_p", i, w$p.value)
  out("welch_lower", i, w$conf.int[1]); out("welch_upper", i, w$conf.int[2]); out("welch_se", i, w$stderr)
  out("welch_greater", i, t.test(codes(a), codes(b), alternative = "greater")$p.value)
  z <- qnorm(.975); da <- diff(a[c(1, 3)]) / sum(a); db <- diff(b[c(1, 3)]) / sum(b)
  out("mover_lower", i, 100 * (da - db - sqrt((da - limit(a, z, -1))^2 + (limit(b, z, 1) - db)^2)))
  out("mover_upper", i, 100 * (da - db + sqrt((limit(a, z, 1) - da)^2 + (db - limit(b, z, -1))^2)))
  for (mu in c(-20, 10, 50)) {
    case <- paste(i, mu, sep = "/")
    s <- statistic(mu / 100, a)
    out("against_score", case, s); out("against_score_p", case, 2 * pnorm(-abs(s))); out("against_score_less", case, pnorm(s))
    A <- ml(a, add); out("against_adjusted", case, (A[1] - mu) / sqrt(A[2]))
    tt <- t.test(codes(a), mu = mu); out("against_t", case, tt$statistic); out("against_t_p", case, tt$p.value)
    out("against_t_lower", case, tt$conf.int[1] - mu)
  }
}
tables <- list(c(20, 10, 5, 3, 30, 15, 0, 2, 40), c(4, 2, 1, 1, 5, 3, 2, 1, 6), c(50, 20, 10, 30, 60, 25, 5, 35, 90))
for (i in seq_along(tables)) {
  m <- matrix(tables[[i]], 3, byrow = TRUE); n <- sum(m)
  before <- rep(rep(1:3, each = 3), tables[[i]]); after <- rep(rep(1:3, 3), tables[[i]])
  t <- t.test(100 * after, 100 * before, paired = TRUE)
  out("paired_difference", i, t$estimate); out("paired_t", i, t$statistic); out("paired_p", i, t$p.value)
  out("paired_lower", i, t$conf.int[1]); out("paired_upper", i, t$conf.int[2]); out("paired_df", i, t$parameter)
  change <- after - before
  out("paired_wald", i, mean(change) / sqrt(mean((change - mean(change))^2) / n))
  out("paired_score", i, sum(change) / sqrt(sum(change^2)))
  long <- data.frame(person = factor(rep(1:n, 2)), wave = factor(rep(1:2, each = n)), category = factor(c(before, after)))
  cmh <- mantelhaen.test(table(long$wave, long$category, long$person))
  out("stuart_maxwell", i, cmh$statistic); out("stuart_maxwell_p", i, cmh$p.value)
  p <- m / n; d <- (rowSums(p) - colSums(p))[1:2]
  V <- -(p + t(p)) - outer(rowSums(p) - colSums(p), rowSums(p) - colSums(p))
  diag(V) <- rowSums(p) + colSums(p) - 2 * diag(p) - (rowSums(p) - colSums(p))^2
  out("bhapkar", i, n * drop(d %*% solve(V[1:2, 1:2]) %*% d))
}
groups <- list(c(20, 20, 60), c(30, 25, 45), c(9, 8, 33), c(14, 10, 11)); times <- c(1, 2, 4, 7)
for (way in c("raw", "adjusted")) {
  est <- sapply(groups, ml, add = if (way == "raw") 0 else c(.75, 1.5, .75))
  w <- 1 / est[2, ]; flat <- lm(est[1, ] ~ 1, weights = w); line <- lm(est[1, ] ~ times, weights = w)
  out(paste0("many_", way), 1, deviance(flat)); out(paste0("many_", way, "_pooled"), 1, coef(flat))
  out(paste0("many_", way, "_p"), 1, pchisq(deviance(flat), 3, lower.tail = FALSE))
  out(paste0("many_", way, "_pooled_se"), 1, summary(flat)$coefficients[1, 2] / summary(flat)$sigma)
  out(paste0("trend_", way, "_slope"), 1, coef(line)[2]); out(paste0("trend_", way, "_intercept"), 1, coef(line)[1])
  out(paste0("trend_", way, "_se"), 1, summary(line)$coefficients[2, 2] / summary(line)$sigma)
  out(paste0("trend_", way, "_q"), 1, deviance(line)); out(paste0("trend_", way, "_qp"), 1, pchisq(deviance(line), 2, lower.tail = FALSE))
}
one <- oneway.test(y ~ g, data.frame(y = unlist(lapply(groups, codes)), g = factor(rep(1:4, sapply(groups, sum)))))
out("anova_statistic", 1, one$statistic); out("anova_df2", 1, one$parameter[2]); out("anova_p", 1, one$p.value)
p <- c(.001, .012, .04, .0004, .3, .9, .04, .02)
for (method in c("holm", "hochberg", "bonferroni", "BH", "BY")) {
  adjusted <- p.adjust(p, method)
  for (k in seq_along(p)) out(paste0("adjust_", tolower(method)), k, adjusted[k])
}
