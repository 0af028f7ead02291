// tincan/detail/api/all_of.hpp - a coroutine awaits several things until all of them are ready
#pragma once

#include <cstddef>
#include <exception>
#include <list>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <tincan/detail/api/awaited.hpp>
#include <tincan/detail/await/await_group.hpp>

namespace tincan::inline abi0::detail {

/// The result of a member that is ready; without one, notes what that throws, if it is the first.
template <class R, class Member>
std::optional<KeptResult<R>> takeOrFail(Member& member, std::exception_ptr& failure) {
  try {
    if constexpr (std::is_void_v<R>) {
      member.take();
      return std::monostate();
    } else {
      return member.take();
    }
  } catch (...) {
    if (failure == nullptr) failure = std::current_exception();
    return std::nullopt;
  }
}

template <class Indices, class... A>
class AllAwaiter;

/// Waits for all, then returns a tuple of the results, or throws the first failure.
template <std::size_t... I, class... A>
class AllAwaiter<std::index_sequence<I...>, A...> final : public AwaitGroup {
 public:
  explicit AllAwaiter(std::tuple<A...>&& given)
      : AwaitGroup(Until::AllAreReady), members_(static_cast<A&&>(std::get<I>(given))...) {
    (add(std::get<I>(members_)), ...);
  }

  std::tuple<KeptResult<AwaitedResult<A>>...> await_resume() {
    std::exception_ptr failure;
    std::tuple<std::optional<KeptResult<AwaitedResult<A>>>...> results{
        detail::takeOrFail<AwaitedResult<A>>(std::get<I>(members_), failure)...};
    if (failure != nullptr) std::rethrow_exception(failure);
    return {*std::move(std::get<I>(results))...};
  }

 private:
  std::tuple<Awaited<A>...> members_;
};

/// Waits for all of a vector, then returns a vector of the results, or throws the first failure.
template <class A>
class AllOfVectorAwaiter final : public AwaitGroup {
 public:
  explicit AllOfVectorAwaiter(std::vector<A>&& given) : AwaitGroup(Until::AllAreReady) {
    for (A& one : given) add(members_.emplace_back(std::move(one)));
  }

  std::vector<KeptResult<AwaitedResult<A>>> await_resume() {
    std::exception_ptr failure;
    std::vector<KeptResult<AwaitedResult<A>>> results;
    results.reserve(members_.size());
    for (auto& member : members_) {
      auto result = detail::takeOrFail<AwaitedResult<A>>(member, failure);
      if (failure == nullptr) results.push_back(*std::move(result));
    }
    if (failure != nullptr) std::rethrow_exception(failure);
    return results;
  }

 private:
  std::list<Awaited<A>> members_;  // which cannot be moved
};

/// What all() returns: to be awaited once.
template <class... A>
class [[nodiscard]] AllOf {
 public:
  explicit AllOf(A&&... given) : given_(static_cast<A&&>(given)...) {}

  auto operator co_await() {
    return AllAwaiter<std::index_sequence_for<A...>, A...>(std::move(given_));
  }

 private:
  std::tuple<A...> given_;
};
template <class A>
class [[nodiscard]] AllOf<std::vector<A>> {
 public:
  explicit AllOf(std::vector<A>&& given) : given_(std::move(given)) {}

  auto operator co_await() { return AllOfVectorAwaiter<A>(std::move(given_)); }

 private:
  std::vector<A> given_;
};

}  // namespace tincan::inline abi0::detail
