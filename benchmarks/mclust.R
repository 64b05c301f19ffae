# mclust's EM from given parameters: Rscript mclust.R FOLDER N D K ITERATIONS
# FOLDER/data holds the columns of the data, FOLDER/start the weights, means and covariances; FOLDER/result gets
# the seconds of em() and the parameters it found.

suppressPackageStartupMessages(library(mclust))

arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]
sizes <- as.integer(arguments[-1])
n <- sizes[1]
d <- sizes[2]
k <- sizes[3]

data <- matrix(readBin(file.path(folder, "data"), "double", n * d), n, d)
start <- readBin(file.path(folder, "start"), "double", k + k * d + k * d * d)
sigma <- array(start[-seq_len(k + k * d)], c(d, d, k))
parameters <- list(
  pro = start[seq_len(k)],
  mean = matrix(start[k + seq_len(k * d)], d, k),
  variance = list(modelName = "VVV", d = d, G = k, sigma = sigma, cholsigma = array(apply(sigma, 3, chol), c(d, d, k)))
)
control <- emControl(tol = 0, itmax = sizes[4])

begin <- Sys.time()
found <- em(data, modelName = "VVV", parameters = parameters, control = control)
seconds <- as.numeric(difftime(Sys.time(), begin, units = "secs"))

result <- c(seconds, found$parameters$pro, found$parameters$mean, found$parameters$variance$sigma)
writeBin(as.double(result), file.path(folder, "result"))
