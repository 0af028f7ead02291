#include <tincan/task.hpp>

#include <utility>

namespace {

int result = 0;

tincan::Task<int> three() { co_return 3; }
tincan::Task<> seven() {
  result = co_await three();
  tincan::Task<int> four = three();
  four = three();
  result += co_await four + 1;
}

}  // namespace

int main() {
  tincan::Task<> const task = seven();
  return task.ready() && result == 7 ? 0 : 1;
}
