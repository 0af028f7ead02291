// tests/unit/arguments.cpp - the arguments of a message, without their types
#include <cstddef>
#include <memory>
#include <new>
#include <string>

#include <tincan/detail/message/arguments.hpp>

#include "catch.hpp"

namespace {

using tincan::detail::ArgumentsOf;
using tincan::detail::ArgumentsView;
using tincan::detail::InPlace;
using tincan::detail::InPlaceOfRequest;
using tincan::detail::IsMadeQuietly;
using tincan::detail::Place;
using tincan::detail::PlacedArguments;
using tincan::detail::sameType;
using tincan::detail::typeInfo;
using tincan::detail::valueAt;
using tincan::detail::Values;

template <std::size_t Size>
struct BytesSent {
  std::byte bytes[Size];
};

struct MoveOfSentMayThrow {
  MoveOfSentMayThrow() = default;
  MoveOfSentMayThrow(MoveOfSentMayThrow&&) noexcept(false) {}
};

struct alignas(128) WidelyAligned {};

// Where arguments lie.
static_assert(ArgumentsOf<>::place == Place::Cell);
static_assert(ArgumentsOf<int, double>::place == Place::Cell);
static_assert(ArgumentsOf<BytesSent<InPlaceOfRequest>>::place == Place::Cell);
static_assert(ArgumentsOf<BytesSent<InPlaceOfRequest + 1>>::place == Place::CellOrExtra);
static_assert(ArgumentsOf<BytesSent<InPlace>>::place == Place::CellOrExtra);
static_assert(ArgumentsOf<BytesSent<InPlace + 1>>::place == Place::Heap);
static_assert(ArgumentsOf<MoveOfSentMayThrow>::place == Place::Heap);
static_assert(ArgumentsOf<WidelyAligned>::place == Place::Heap);
static_assert(PlacedArguments<true, int>::place == Place::Heap);

// What runs no code of the user's.
static_assert(IsMadeQuietly<int, long> && IsMadeQuietly<std::string, char const*>);
static_assert(IsMadeQuietly<std::string, std::string&> && !IsMadeQuietly<MoveOfSentMayThrow, int>);
static_assert(!IsMadeQuietly<std::string, std::allocator<char>>);

/// Arguments that fit in place, as a cell has them.
template <class... T>
struct ArgumentsInPlace {
  explicit ArgumentsInPlace(T... values)
      : tuple(Values<T...>::makeAt(storage, std::move(values)...)) {}
  ~ArgumentsInPlace() {
    auto* const destroy = ArgumentsOf<T...>::ops.destroy;
    if (destroy != nullptr) destroy(storage);
  }
  ArgumentsView view() { return {&ArgumentsOf<T...>::ops, storage}; }

  alignas(Values<T...>) std::byte storage[sizeof(Values<T...>)];
  Values<T...>* tuple;
};

}  // namespace

TEST_CASE("arguments: each has its type and its place") {
  ArgumentsInPlace<int, std::string> arguments(5, "text");
  ArgumentsView const view = arguments.view();
  REQUIRE(view.ops->count == 2);
  CHECK(sameType(view.type(0), typeInfo<int>));
  CHECK(sameType(view.type(1), typeInfo<std::string>));
  CHECK(view.argument(0) == &valueAt<0>(*arguments.tuple));
  CHECK(view.argument(1) == &valueAt<1>(*arguments.tuple));
  CHECK(*static_cast<std::string*>(view.argument(1)) == "text");
}

TEST_CASE("arguments: those that need it are ended") {
  auto const held = std::make_shared<int>(1);
  {
    ArgumentsInPlace<std::shared_ptr<int>, int> arguments(held, 2);
    CHECK(held.use_count() == 2);
  }
  CHECK(held.use_count() == 1);
  CHECK(ArgumentsOf<int, double>::ops.destroy == nullptr);
  auto* const onHeap = Values<std::shared_ptr<int>>::makeOnHeap(held);
  PlacedArguments<true, std::shared_ptr<int>>::ops.destroy(onHeap);
  CHECK(held.use_count() == 1);
}

TEST_CASE("arguments: a sentence can name their types, and what a Value holds") {
  Values<int, std::string, tincan::Value> sent{{5}, {"text"}, {2.5}};
  ArgumentsView const view{&ArgumentsOf<int, std::string, tincan::Value>::ops, &sent};
  CHECK(describeArguments(view) == "(int, std::string, double)");
  Values<> none;
  CHECK(tincan::detail::describeArguments({&ArgumentsOf<>::ops, &none}) == "()");
}
