// tincan/detail/message/node_memory.hpp - makes registrations with a function of the user's behind them
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>

#include <tincan/detail/message/arguments.hpp>
#include <tincan/detail/message/fitting.hpp>
#include <tincan/detail/message/registration.hpp>

namespace tincan::inline abi0::detail {

/// Where the function of a registration lies, which is so large: behind it.
constexpr std::size_t offsetBehind(std::size_t node, std::size_t alignment) noexcept {
  return (node + alignment - 1) / alignment * alignment;
}
/// The function of a registration that was made by makeNode().
template <class F, class Node>
[[gnu::always_inline]] inline F& functionBehind(Node& node) noexcept {
  void* const at = reinterpret_cast<std::byte*>(&node) + offsetBehind(sizeof(Node), alignof(F));
  return *static_cast<F*>(at);
}

/// The memory of a registration and of the user's function, which lies behind it: so there is no class for each
/// kind of function.
///
///   Errors    Throws std::bad_alloc, and what moving the function throws; then nothing has happened.
class NodeMemory {
 public:
  NodeMemory(std::size_t node, FunctionOps const& ops, void* function)
      : at_(allocate(offsetBehind(node, ops.alignment) + ops.size, ops.alignment)),
        function_(static_cast<std::byte*>(at_) + offsetBehind(node, ops.alignment)) {
    if (ops.move == nullptr) {
      std::memcpy(function_, function, ops.size);
      return;
    }
    try {
      ops.move(function, function_);
    } catch (...) {
      free(at_, ops.alignment);
      throw;
    }
  }
  NodeMemory(NodeMemory const&) = delete;
  NodeMemory& operator=(NodeMemory const&) = delete;

  /// Makes the registration, which owns the memory from now on, and returns it. Called once.
  template <class Node, class Ops>
  std::shared_ptr<Node> makeNode(Ops const& ops) {
    return std::shared_ptr<Node>(::new (at_) Node(ops), [](Node* node) {
      FunctionOps const& function = node->ops.function;
      if (function.destroy != nullptr) {
        function.destroy(reinterpret_cast<std::byte*>(node) +
                         offsetBehind(sizeof(Node), function.alignment));
      }
      std::size_t const alignment = function.alignment;
      node->~Node();
      free(node, alignment);
    });
  }

 private:
  static bool isUsual(std::size_t alignment) noexcept {
    return alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__;
  }
  static void* allocate(std::size_t size, std::size_t alignment) {
    if (isUsual(alignment)) return ::operator new(size);
    return ::operator new(size, std::align_val_t(alignment));
  }
  static void free(void* at, std::size_t alignment) noexcept {
    if (isUsual(alignment)) ::operator delete(at);
    else ::operator delete(at, std::align_val_t(alignment));
  }

  void* const at_;
  void* const function_;
};

/// Makes a registration that calls the function, which is moved into it. Throws as NodeMemory does.
template <class Node, class Ops>
std::shared_ptr<Node> makeNode(Ops const& ops, void* function) {
  return NodeMemory(sizeof(Node), ops.function, function).template makeNode<Node>(ops);
}

/// A function, or a pointer to one, that is a method of an object whose end ends it.
template <class F>
concept HasObject = requires(F const& function) {
  { function.object() } -> std::same_as<std::shared_ptr<void const>>;
};
template <class F>
concept PointsToOneWithObject = requires(F const& function) {
  { function->object() } -> std::same_as<std::shared_ptr<void const>>;
};

/// Makes the operations of a function Given of the user's whose parameters are P.
template <class Given, class... P>
struct FunctionOpsOf {
  static void move(void* from, void* to) {
    ::new (to) Given(static_cast<Given&&>(*static_cast<Given*>(from)));
  }
  static void destroy(void* function) noexcept { static_cast<Given*>(function)->~Given(); }

  /// The object of a guarded method, which may be kept by a pointer.
  static std::shared_ptr<void const> object(void const* function) noexcept {
    if constexpr (HasObject<Given>) return static_cast<Given const*>(function)->object();
    else return (*static_cast<Given const*>(function))->object();
  }
  static bool hasObject(void const* function) noexcept {
    if constexpr (HasObject<Given>) return static_cast<Given const*>(function)->hasObject();
    else return (*static_cast<Given const*>(function))->hasObject();
  }

  static constexpr FunctionOps make() noexcept {
    FunctionOps ops{&ArgumentsOf<std::remove_cvref_t<P>...>::ops,
                    0,
                    sizeof(Given),
                    alignof(Given),
                    nullptr,
                    nullptr,
                    nullptr};
    if constexpr (!std::is_trivially_copyable<Given>::value) ops.move = &move;
    if constexpr (!std::is_trivially_destructible<Given>::value) ops.destroy = &destroy;
    if constexpr (HasObject<Given> || PointsToOneWithObject<Given>) {
      ops.object = &object;
      ops.hasObject = &hasObject;
    }
    std::uint64_t bit = 1;
    ((ops.mutableParameters |= IsMutableReference<P> ? bit : 0, bit <<= 1), ...);
    return ops;
  }
};

}  // namespace tincan::inline abi0::detail
