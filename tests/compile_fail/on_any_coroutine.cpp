// expect: tincan: a function of onAny only looks, while the message is there: it is no coroutine.
#include <tincan/tincan.hpp>

void test(tincan::Main& main) {
  main.onAny([](tincan::Event&, tincan::Arguments const&) -> tincan::Task<> { co_return; });
}
