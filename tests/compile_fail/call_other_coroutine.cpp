// expect: tincan: a coroutine that is called here returns a tincan::Task: nobody would keep the function, its event and arguments for one of another kind.
#include <tincan/tincan.hpp>

#include "other_coroutine.hpp"

void test(tincan::Peer const& window) {
  window.call([]() -> Coroutine { co_return; });
}
