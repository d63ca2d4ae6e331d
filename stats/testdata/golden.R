# Makes golden.json: Rscript golden.R > golden.json. The numbers are what R 4.2.2 and
# boot 1.3-28.1 give; tests only read them.
library(boot)
set.seed(1)
# city of package boot: Davison and Hinkley (1997), example 2.8, ten cities.
ratio <- function(d, i) sum(d$x[i]) / sum(d$u[i])
bca <- function(u, x, conf) {
  d <- data.frame(u = u, x = x)
  b <- boot(d, ratio, R = 200000)
  l <- empinf(b, type = "jack", stype = "i")
  l <- l - mean(l) # around their mean, as Efron (1987) has them
  n <- nrow(d)
  # Hesterberg's widening, and that by the jackknife's error, as a confidence
  jack <- sqrt(sum((l / (n - 1))^2) * (n - 1) / n)
  far <- qt((1 + conf) / 2, n - 1) * sqrt(n / (n - 1)) * max(1, jack / sd(b$t))
  wide <- 2 * pnorm(far) - 1
  plain <- boot.ci(b, conf = conf, type = "bca", L = l)$bca[4:5]
  wider <- boot.ci(b, conf = wide, type = "bca", L = l)$bca[4:5]
  list(u = u, x = x, conf = conf, ratio = b$t0, plain = plain, wide = wider)
}
costs <- data.frame(u = round(rlnorm(50, -1, 0.8), 4))
costs$x <- round(costs$u * rlnorm(50, -0.3, 0.5), 4)
sets <- list(bca(city$u, city$x, 0.95), bca(costs$u, costs$x, 0.95))
num <- function(v) paste0("[", paste(format(v, digits = 10, trim = TRUE), collapse = ", "), "]")
cat("{\n \"bca\": [\n")
cat(paste(sapply(sets, function(s) sprintf(
  "  {\"baseline\": %s,\n   \"candidate\": %s,\n   \"confidence\": %g, \"ratio\": %.8f, \"plain\": %s, \"wide\": %s}",
  num(s$u), num(s$x), s$conf, s$ratio, num(s$plain), num(s$wide))), collapse = ",\n"))
cat("\n ],\n \"fisher\": [\n")
tables <- list(c(3, 10, 9, 12), c(0, 50, 6, 50), c(5, 100, 5, 100), c(12, 400, 2, 395))
cat(paste(sapply(tables, function(t) sprintf("  {\"table\": %s, \"p\": %.10f}", num(t),
  fisher.test(matrix(c(t[1], t[2] - t[1], t[3], t[4] - t[3]), 2))$p.value)), collapse = ",\n"))
ps <- c(0.01, 0.04, 0.03, 0.005, 0.6)
cat("\n ],\n", sprintf("\"holm\": {\"p\": %s, \"adjusted\": %s},\n", num(ps), num(p.adjust(ps, "holm"))))
counts <- list(c(81, 263), c(15, 148), c(0, 20), c(1, 29), c(7, 7))
cat(" \"wilson\": [\n")
cat(paste(sapply(counts, function(k) sprintf("  {\"k\": %d, \"n\": %d, \"interval\": %s}", k[1], k[2],
  num(suppressWarnings(prop.test(k[1], k[2], correct = FALSE)$conf.int)))), collapse = ",\n"))
pairs <- list(c(16, 6), c(7, 1), c(5, 5))
cat("\n ],\n \"mcnemar_exact\": [\n")
cat(paste(sapply(pairs, function(k) sprintf("  {\"lost\": %d, \"gained\": %d, \"p\": %.10f}", k[1], k[2],
  binom.test(k[1], sum(k))$p.value)), collapse = ",\n"))
cat("\n ]\n}\n")
