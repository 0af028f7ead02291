// tests/model/departure.cpp - an endpoint that another thread ends is let go once, and by its own thread if
// that is there
#include <tincan/detail/endpoint/departure.hpp>

#include "explore.hpp"

namespace {

using namespace model;
using Platform = model::Platform<false>;
using Departure = tincan::detail::Departure<Platform>;

/// Thread 0 uses its endpoints, lets go now and then what has been ended, and ends, as ThreadHolder
/// does; the others end one endpoint each, as EndpointCore::disown() does.
template <int Endpoints>
struct Ends : Scenario<Ends<Endpoints>, Endpoints + 1, Platform> {
  struct Endpoint {
    Departure departure;
    Plain<int> lanes{0};
    Plain<bool> isLeft{false};
  };
  Departure::ThreadToken token;
  Endpoint endpoints[Endpoints];

  void thread(unsigned index) {
    if (index == 0) return own();
    Endpoint& endpoint = endpoints[index - 1];
    endpoint.departure.announce();
    if (Departure::mustLeaveFor(token)) leave(endpoint);
  }
  void own() {
    for (auto& endpoint : endpoints) {
      if (!endpoint.departure.wasLeft()) endpoint.lanes = endpoint.lanes + 1;
    }
    if (Departure::letsGo(token)) {
      for (auto& endpoint : endpoints) {
        if (endpoint.departure.isAnnounced()) leave(endpoint);
      }
    }
    Departure::threadEnds(token);
    for (auto& endpoint : endpoints) {
      if (endpoint.departure.mustLeave()) leave(endpoint);
    }
  }
  void leave(Endpoint& endpoint) {
    if (!endpoint.departure.leave()) return;
    MODEL_REQUIRE(!endpoint.isLeft);
    MODEL_REQUIRE(endpoint.lanes == 1);
    endpoint.isLeft = true;
    endpoint.lanes = 0;
  }
  void after() {
    for (auto const& endpoint : endpoints) MODEL_REQUIRE(endpoint.isLeft);
  }
};

/// The thread does not end before all its endpoints have been let go: it is told of each.
struct LivesOn : Scenario<LivesOn, 3, Platform> {
  Departure::ThreadToken token;
  Departure departures[2];
  int left = 0;

  void thread(unsigned index) {
    if (index != 0) {
      departures[index - 1].announce();
      MODEL_REQUIRE(!Departure::mustLeaveFor(token));
      return;
    }
    while (left < 2) {
      if (!Departure::letsGo(token)) {
        Platform::yield();
        continue;
      }
      for (auto& one : departures) {
        if (one.isAnnounced() && one.leave()) ++left;
      }
    }
  }
};

}  // namespace

int main(int count, char** arguments) {
  Explorer explorer(count, arguments);
  explorer.run<Ends<1>>("departure: the thread ends", 4);
  explorer.run<Ends<2>>("departure: the thread ends, of two endpoints", 3);
  explorer.run<LivesOn>("departure: the thread lives on", 3);
  return explorer.result();
}
