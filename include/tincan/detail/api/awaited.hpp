// tincan/detail/api/awaited.hpp - one of several things that a coroutine awaits at once, with its result
#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include <tincan/detail/api/future.hpp>
#include <tincan/detail/api/task.hpp>
#include <tincan/detail/api/task_host.hpp>
#include <tincan/detail/await/await_group.hpp>

namespace tincan::inline abi0::detail {

/// The awaiter of something that a coroutine can await.
template <class A>
decltype(auto) awaiterOf(A&& awaitable) {
  if constexpr (requires { static_cast<A&&>(awaitable).operator co_await(); }) {
    return static_cast<A&&>(awaitable).operator co_await();
  } else if constexpr (requires { operator co_await(static_cast<A&&>(awaitable)); }) {
    return operator co_await(static_cast<A&&>(awaitable));
  } else {
    static_assert(
        requires { awaitable.await_ready(); },
        "tincan: all() and any() take what a coroutine can await: Futures, Tasks, "
        "std::vectors of these, and whatever has co_await.");
    return static_cast<A&&>(awaitable);
  }
}

/// The result of `co_await` for an A; for an lvalue that is a reference.
template <class A>
using AwaitedResult = std::decay_t<decltype(detail::awaiterOf(std::declval<A>()).await_resume())>;

/// The result as something that can be kept: nothing is a std::monostate.
template <class R>
using KeptResult = std::conditional_t<std::is_void_v<R>, std::monostate, R>;

/// What is kept of something that is given to be awaited: a Future is moved, other lvalues stay where they are.
template <class A>
struct GivenAwaitable {
  using type = A;
};
template <class R>
struct GivenAwaitable<Future<R>&> {
  using type = Future<R>;
};
template <class R>
struct GivenAwaitable<Task<R>&> {
  using type = Task<R> const&;
};

/// Awaits something of whatever kind.
template <class R, class A>
Task<R> awaitInTask(A awaitable) {
  co_return co_await static_cast<A&&>(awaitable);
}

/// The first base of an Awaited, whose other one refers to what is held.
template <class T>
struct HeldAwaitable {
  T held;
};

/// A member of a group, with its result. This one awaits in a Task of its own what is no Future and no Task.
template <class A>
class Awaited final : HeldAwaitable<std::optional<Task<AwaitedResult<A>>>>, public AwaitedTask {
 public:
  explicit Awaited(A&& awaitable) : AwaitedTask(nullptr), given_(static_cast<A&&>(awaitable)) {}

  AwaitedResult<A> take() {
    this->throwIfInVain();
    return TaskAccess::take(*this->held);
  }

 private:
  void reserve() override {
    this->held.emplace(detail::awaitInTask<AwaitedResult<A>, A>(static_cast<A&&>(given_)));
    this->await(TaskAccess::promise(*this->held));
  }

  A given_;
};

template <class R>
class Awaited<Future<R>> final : HeldAwaitable<Future<R>>, public AwaitedAnswer {
 public:
  explicit Awaited(Future<R>&& future)
      : HeldAwaitable<Future<R>>{std::move(future)},
        AwaitedAnswer(FutureAccess::answer(this->held)) {}

  R take() { return this->held.get(); }
};

template <class R>
class Awaited<Task<R>> final : HeldAwaitable<Task<R>>, public AwaitedTask {
 public:
  explicit Awaited(Task<R>&& task)
      : HeldAwaitable<Task<R>>{std::move(task)}, AwaitedTask(TaskAccess::promise(this->held)) {}

  R take() {
    this->throwIfInVain();
    return TaskAccess::take(this->held);
  }
};

template <class R>
class Awaited<Task<R> const&> final : HeldAwaitable<TaskPromise<R>*>, public AwaitedTask {
 public:
  explicit Awaited(Task<R> const& task)
      : HeldAwaitable<TaskPromise<R>*>{TaskAccess::promise(task)}, AwaitedTask(this->held) {}

  R take() {
    this->throwIfInVain();
    return this->held->take();
  }
};
}  // namespace tincan::inline abi0::detail
