#include <tincan/within.hpp>

#include <chrono>

namespace {

bool isClosed(tincan::Within const& within) {
  try {
    within.sendSync<int>("x", 1);
    return false;
  } catch (tincan::Error const& error) {
    return error.code() == tincan::Errc::Closed;
  }
}

}  // namespace

int main() {
  using namespace std::chrono_literals;
  tincan::Within const within = tincan::Peer().within(1ms);
  bool const isRight =
      isClosed(within) && within.request("x").ready() && within.invoke("x").ready();
  return isRight ? 0 : 1;
}
