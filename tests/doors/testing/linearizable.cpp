#include <tincan/testing/linearizable.hpp>

int main() {
  tincan::testing::History<int> history;
  auto const increment = [&](int result) {
    return history.call(
        "a", "increment", [&] { return result; }, [](int& model) { return ++model; });
  };
  bool const isRight = increment(1) == 1 && tincan::testing::linearizable(0, history);
  increment(1);
  return isRight && !tincan::testing::linearizable(0, history) ? 0 : 1;
}
