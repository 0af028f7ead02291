// tests/model/plain_sender.cpp - an endpoint that is closed while a thread begins to poll it is open to nobody
#include <tincan/detail/endpoint/plain_sender.hpp>

#include "explore.hpp"

namespace {

using namespace model;

/// One thread polls the endpoint for the first time; the others close it.
template <int Closers>
struct Opened : Scenario<Opened<Closers>, Closers + 1, model::Platform<false>> {
  using Platform = model::Platform<false>;
  static constexpr unsigned Owner = Closers;

  tincan::detail::PlainSender<Platform> plain;
  typename Platform::template atomic<bool> isClosed{false};
  int token = 0;

  void thread(unsigned index) {
    if (index == Owner) {
      plain.open(&token, [this] { return isClosed.load(std::memory_order_relaxed); });
    } else {
      isClosed.store(true, std::memory_order_relaxed);
      plain.close();
    }
  }
  void after() { MODEL_REQUIRE(!plain.isOpenTo(&token)); }
};

/// One thread calls a verb of the endpoint, another one polls it, and the third one closes it.
struct LentAndOpened : Scenario<LentAndOpened, 3, model::Platform<false>> {
  using Platform = model::Platform<false>;

  tincan::detail::PlainSender<Platform> plain;
  typename Platform::template atomic<bool> isClosed{false};
  int tokens[2] = {};

  void thread(unsigned index) {
    auto const closed = [this] { return isClosed.load(std::memory_order_relaxed); };
    if (index == 0) {
      plain.lend(&tokens[0], closed);
    } else if (index == 1) {
      plain.open(&tokens[1], closed);
    } else {
      isClosed.store(true, std::memory_order_relaxed);
      plain.close();
    }
  }
  void after() {
    for (int const& token : tokens) {
      MODEL_REQUIRE(!plain.isOpenTo(&token));
      MODEL_REQUIRE(!plain.isLentTo(&token));
    }
  }
};

}  // namespace

int main(int count, char** arguments) {
  Explorer explorer(count, arguments);
  explorer.run<Opened<1>>("plain sender: one closes", 4);
  explorer.run<Opened<2>>("plain sender: two close", 4);
  explorer.run<LentAndOpened>("plain sender: lent, opened and closed", 4);
  return explorer.result();
}
