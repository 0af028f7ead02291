// expect: tincan: a coroutine that is called here returns a tincan::Task: nobody would keep the function, its event and arguments for one of another kind.
#include <tincan/tincan.hpp>

#include <coroutine>

struct Coroutine {
  struct promise_type {
    Coroutine get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
};

void test(tincan::Endpoint& ipc) {
  ipc.post([]() -> Coroutine { co_return; });
}
