#include <tincan/all_any.hpp>

#include <string>
#include <variant>
#include <vector>

namespace {

int result = 0;

tincan::Task<int> three() { co_return 3; }
tincan::Task<std::string> text() { co_return "four"; }
tincan::Task<> seven() {
  auto const [number, words] = co_await tincan::all(three(), text());
  auto const first = co_await tincan::any(three(), text());
  result = number + static_cast<int>(words.size()) + static_cast<int>(first.index());
}

}  // namespace

// Not called: compiled and linked.
tincan::Task<> useFutures(std::vector<tincan::Future<int>> futures, tincan::Future<int> future) {
  static_cast<void>(co_await tincan::all(std::move(futures)));
  static_cast<void>(co_await tincan::any(std::move(future)));
}

int main() {
  tincan::Task<> const task = seven();
  return task.ready() && result == 7 ? 0 : 1;
}
