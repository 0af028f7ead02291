// tests/model/abandonment.cpp - an endpoint that another thread ends is let go once, and by its own thread if
// that is there
#include <tincan/detail/endpoint/abandonment.hpp>

#include "explore.hpp"

namespace {

using namespace model;
using Platform = model::Platform<false>;
using Abandonment = tincan::detail::Abandonment<Platform>;

/// Thread 0 uses its endpoints, lets go now and then what has been ended, and ends, as ThreadHolder
/// does; the others end one endpoint each, as EndpointCore::abandon() does.
template <int Endpoints>
struct Ends : Scenario<Ends<Endpoints>, Endpoints + 1, Platform> {
  struct Endpoint {
    Abandonment abandonment;
    Plain<int> lanes{0};
    Plain<bool> isLeft{false};
  };
  Abandonment::ThreadToken token;
  Endpoint endpoints[Endpoints];

  void thread(unsigned index) {
    if (index == 0) return own();
    Endpoint& endpoint = endpoints[index - 1];
    endpoint.abandonment.announce();
    if (Abandonment::mustLeaveFor(token)) leave(endpoint);
  }
  void own() {
    for (auto& endpoint : endpoints) {
      if (!endpoint.abandonment.wasLeft()) endpoint.lanes = endpoint.lanes + 1;
    }
    if (Abandonment::letsGo(token)) {
      for (auto& endpoint : endpoints) {
        if (endpoint.abandonment.isAnnounced()) leave(endpoint);
      }
    }
    Abandonment::threadEnds(token);
    for (auto& endpoint : endpoints) {
      if (endpoint.abandonment.mustLeave()) leave(endpoint);
    }
  }
  void leave(Endpoint& endpoint) {
    if (!endpoint.abandonment.leave()) return;
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
  Abandonment::ThreadToken token;
  Abandonment abandonments[2];
  int left = 0;

  void thread(unsigned index) {
    if (index != 0) {
      abandonments[index - 1].announce();
      MODEL_REQUIRE(!Abandonment::mustLeaveFor(token));
      return;
    }
    while (left < 2) {
      if (!Abandonment::letsGo(token)) {
        Platform::yield();
        continue;
      }
      for (auto& one : abandonments) {
        if (one.isAnnounced() && one.leave()) ++left;
      }
    }
  }
};

}  // namespace

int main(int count, char** arguments) {
  Explorer explorer(count, arguments);
  explorer.run<Ends<1>>("abandonment: the thread ends", 4);
  explorer.run<Ends<2>>("abandonment: the thread ends, of two endpoints", 3);
  explorer.run<LivesOn>("abandonment: the thread lives on", 3);
  return explorer.result();
}
