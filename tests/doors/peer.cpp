#include <tincan/peer.hpp>

#include <chrono>
#include <string>

namespace {

using namespace std::chrono_literals;
using tincan::SendResult;

constexpr tincan::Channel<int(int, std::string)> typed("typed");
constexpr tincan::Channel<void(std::string)> one("one");

template <class Call>
bool isClosed(Call&& call) {
  try {
    call();
    return false;
  } catch (tincan::Error const& error) {
    return error.code() == tincan::Errc::Closed;
  }
}

bool sendsNothing(tincan::Peer const& nobody) {
  return nobody.send("x", 1, "text") == SendResult::Closed &&
         nobody.send(typed, 1, "text") == SendResult::Closed &&
         nobody.send(typed, 1, {'a', 'b'}) == SendResult::Closed &&
         nobody.postMessage("x", 1) == SendResult::Closed &&
         nobody.postMessage(one, "text") == SendResult::Closed &&
         nobody.post([] {}) == SendResult::Closed;
}

template <class Asker>
bool asksNobody(Asker const& asker) {
  return isClosed([&] { asker.sendSync("x"); }) &&
         isClosed([&] { asker.template sendSync<int>("x", 1); }) &&
         isClosed([&] { asker.sendSync(typed, 1, "text"); }) &&
         isClosed([&] { asker.request("x").get(); }) &&
         isClosed([&] { asker.request(typed, 1, "text").get(); }) &&
         isClosed([&] { asker.template invoke<std::string>("x", 1).get(); }) &&
         isClosed([&] { asker.invoke(typed, 1, "text").get(); }) &&
         isClosed([&] { asker.call([] { return 1; }).get(); });
}

}  // namespace

int main() {
  tincan::Peer const nobody;
  bool const isNobody =
      !nobody.alive() && nobody.id() == 0 && nobody.name().empty() && nobody == tincan::Peer();
  bool const isRight =
      isNobody && sendsNothing(nobody) && asksNobody(nobody) && asksNobody(nobody.within(1ms));
  return isRight ? 0 : 1;
}
