#include <tincan/future.hpp>

#include <chrono>
#include <utility>

namespace {

template <class Call>
bool isRetrieved(Call&& call) {
  try {
    call();
    return false;
  } catch (tincan::Error const& error) {
    return error.code() == tincan::Errc::AlreadyRetrieved;
  }
}

}  // namespace

// Not called: compiled and linked.
void useFuture(tincan::Endpoint& where, tincan::Future<int> future) {
  future.then(where, [](tincan::Future<int> ready) { ready.get(); });
}

int main() {
  using namespace std::chrono_literals;
  tincan::Future<int> future;
  tincan::Future<int> other = std::move(future);
  future = std::move(other);
  future.cancel();
  future.wait();
  bool const isRight = future.ready() && future.waitFor(1ms) &&
                       isRetrieved([&] { future.get(); }) &&
                       isRetrieved([&] { future.getFor(1ms); }) &&
                       isRetrieved([&] { tincan::Future<void>().get(); });
  return isRight ? 0 : 1;
}
