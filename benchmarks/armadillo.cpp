// Armadillo's EM from given parameters: armadillo FOLDER N D K ITERATIONS; without arguments, its version.
// FOLDER/data holds the rows of the data, FOLDER/start the weights, means and covariances; FOLDER/result gets the
// seconds of learn() and the parameters it found.

#include <armadillo>
#include <chrono>
#include <fstream>
#include <iostream>
#include <string>

template <typename Array>
void read(std::ifstream& file, Array& array) {
  file.read(reinterpret_cast<char*>(array.memptr()), array.n_elem * sizeof(double));
}

template <typename Array>
void write(std::ofstream& file, const Array& array) {
  file.write(reinterpret_cast<const char*>(array.memptr()), array.n_elem * sizeof(double));
}

int main(int count, char** arguments) {
  if (count == 1) {
    std::cout << arma::arma_version::as_string() << ", g++ " << __VERSION__ << "\n";
    return 0;
  }
  const std::string folder = arguments[1];
  const arma::uword n = std::stoull(arguments[2]), d = std::stoull(arguments[3]), k = std::stoull(arguments[4]);
  const arma::uword n_iter = std::stoull(arguments[5]);

  arma::mat data(d, n), means(d, k);
  arma::cube covariances(d, d, k);
  arma::rowvec weights(k);
  std::ifstream points(folder + "/data", std::ios::binary), start(folder + "/start", std::ios::binary);
  read(points, data);
  read(start, weights);
  read(start, means);
  read(start, covariances);
  if (!points || !start) return 1;

  arma::gmm_full model;
  model.reset(d, k);
  model.set_params(means, covariances, weights);
  const auto begin = std::chrono::steady_clock::now();
  const bool learned = model.learn(data, k, arma::maha_dist, arma::keep_existing, 0, n_iter, 0.0, false);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  if (!learned) return 1;

  std::ofstream result(folder + "/result", std::ios::binary);
  write(result, arma::vec{seconds.count()});
  write(result, model.hefts);
  write(result, model.means);
  write(result, model.fcovs);
  return result ? 0 : 1;
}
