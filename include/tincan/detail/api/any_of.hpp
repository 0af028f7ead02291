// tincan/detail/api/any_of.hpp - a coroutine awaits several things until the first one is ready
#pragma once

#include <cstddef>
#include <list>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <tincan/detail/api/awaited.hpp>
#include <tincan/detail/await/await_group.hpp>

namespace tincan::inline abi0::detail {

/// The result of the first one of several: R if all are the same, else a variant with one for each.
template <class R, class... Others>
struct FirstResult {
  static constexpr bool isOne = (std::is_same_v<R, Others> && ...);
  using type = std::conditional_t<isOne, R, std::variant<KeptResult<R>, KeptResult<Others>...>>;
};

template <class Indices, class... A>
class AnyAwaiter;

/// Waits for the first one, cancels the others, and returns its result or throws what it throws.
template <std::size_t... I, class... A>
class AnyAwaiter<std::index_sequence<I...>, A...> final : public AwaitGroup {
 public:
  explicit AnyAwaiter(std::tuple<A...>&& given)
      : AwaitGroup(Until::OneIsReady), members_(static_cast<A&&>(std::get<I>(given))...) {
    (add(std::get<I>(members_)), ...);
  }

  auto await_resume() {
    cancelOthers();
    return takeFirst<0>();
  }

 private:
  using Results = FirstResult<AwaitedResult<A>...>;

  template <std::size_t At>
  typename Results::type takeFirst() {
    auto& member = std::get<At>(members_);
    if constexpr (At + 1 < sizeof...(A)) {
      if (&first() != &member) return takeFirst<At + 1>();
    }
    if constexpr (Results::isOne) {
      return member.take();
    } else if constexpr (std::is_void_v<decltype(member.take())>) {
      member.take();
      return typename Results::type(std::in_place_index<At>);
    } else {
      return typename Results::type(std::in_place_index<At>, member.take());
    }
  }

  std::tuple<Awaited<A>...> members_;
};

/// Waits for the first one of a vector, cancels the others, and returns its result or throws what it throws.
template <class A>
class AnyOfVectorAwaiter final : public AwaitGroup {
 public:
  explicit AnyOfVectorAwaiter(std::vector<A>&& given) : AwaitGroup(Until::OneIsReady) {
    if (given.empty()) throw std::invalid_argument("tincan: any: the vector is empty");
    for (A& one : given) add(members_.emplace_back(std::move(one)));
  }

  AwaitedResult<A> await_resume() {
    cancelOthers();
    for (auto& member : members_) {
      if (&first() == &member) return member.take();
    }
    return members_.back().take();
  }

 private:
  std::list<Awaited<A>> members_;  // which cannot be moved
};

/// What any() returns: to be awaited once.
template <class... A>
class [[nodiscard]] AnyOf {
 public:
  static_assert(sizeof...(A) != 0, "tincan: any() of nothing would never be ready.");

  explicit AnyOf(A&&... given) : given_(static_cast<A&&>(given)...) {}

  auto operator co_await() {
    return AnyAwaiter<std::index_sequence_for<A...>, A...>(std::move(given_));
  }

 private:
  std::tuple<A...> given_;
};
template <class A>
class [[nodiscard]] AnyOf<std::vector<A>> {
 public:
  explicit AnyOf(std::vector<A>&& given) : given_(std::move(given)) {}

  auto operator co_await() { return AnyOfVectorAwaiter<A>(std::move(given_)); }

 private:
  std::vector<A> given_;
};

}  // namespace tincan::inline abi0::detail
