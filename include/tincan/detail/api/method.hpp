// tincan/detail/api/method.hpp - a method and its object, as a callable
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <tincan/detail/api/task.hpp>
#include <tincan/detail/api/task_host.hpp>
#include <tincan/detail/base/callable.hpp>
#include <tincan/detail/message/node_memory.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

/// True for a pointer to a member function.
template <class M>
concept IsMethod = std::is_member_function_pointer_v<M>;

/// The object of a method, as it is given: a pointer, or a std::shared_ptr or std::weak_ptr, of which only a
/// std::weak_ptr is kept.
template <class O>
struct ObjectOf {
  static_assert(std::is_pointer_v<O>,
                "tincan: the object of a method is given by a pointer, a std::shared_ptr or a "
                "std::weak_ptr.");
  static constexpr bool isGuarded = false;
  using Kept = O;
};
template <class T>
struct ObjectOf<std::shared_ptr<T>> {
  static constexpr bool isGuarded = true;
  using Kept = std::weak_ptr<T>;
};
template <class T>
struct ObjectOf<std::weak_ptr<T>> : ObjectOf<std::shared_ptr<T>> {};

/// A method of an object that whoever registers it keeps alive.
template <class Kept, class M, class S>
class PlainMethod;
template <class Kept, class M, class R, class... P>
class PlainMethod<Kept, M, Signature<R, P...>> {
 public:
  PlainMethod(Kept object, M method) noexcept : object_(object), method_(method) {}

  R operator()(P... arguments) { return (object_->*method_)(static_cast<P&&>(arguments)...); }

 private:
  Kept object_;
  M method_;
};

[[noreturn]] inline void throwObjectEnded() {
  throw Error(Errc::Cancelled, {}, "the object of a method that was to be called has ended");
}

/// A method of an object that ends when it likes: then a call throws Cancelled.
///
///   Lifetime  Keeps the object only during a call.
template <class Kept, class M, class S>
class GuardedMethod;
template <class Kept, class M, class R, class... P>
class GuardedMethod<Kept, M, Signature<R, P...>> {
 public:
  GuardedMethod(Kept object, M method) noexcept : object_(std::move(object)), method_(method) {}

  R operator()(P... arguments) {
    auto const held = object_.lock();
    if (held == nullptr) throwObjectEnded();
    return ((*held).*method_)(static_cast<P&&>(arguments)...);
  }
  std::shared_ptr<void const> object() const noexcept { return object_.lock(); }
  bool hasObject() const noexcept { return !object_.expired(); }

 private:
  Kept object_;
  M method_;
};
/// A method that is a coroutine: the object is kept until its Task has ended.
template <class Kept, class M, class R, class... P>
class GuardedMethod<Kept, M, Signature<Task<R>, P...>> {
 public:
  GuardedMethod(Kept object, M method) noexcept : object_(std::move(object)), method_(method) {}

  Task<R> operator()(P... arguments) {
    auto const held = object_.lock();
    if (held == nullptr) throwObjectEnded();
    co_return co_await ((*held).*method_)(static_cast<P&&>(arguments)...);
  }
  std::shared_ptr<void const> object() const noexcept { return object_.lock(); }
  bool hasObject() const noexcept { return !object_.expired(); }

 private:
  Kept object_;
  M method_;
};

template <class O, class M>
struct MethodOf {
  using Object = ObjectOf<O>;
  using S = typename MemberSignature<M>::type;
  using type = std::conditional_t<Object::isGuarded, GuardedMethod<typename Object::Kept, M, S>,
                                  PlainMethod<typename Object::Kept, M, S>>;
};
/// The callable that bindMethod() returns.
template <class O, class M>
using BoundMethod = typename MethodOf<std::remove_cvref_t<O>, M>::type;

/// Returns a callable for a method of an object. Throws std::invalid_argument, which names the verb, for a null
/// object or a null method; a std::weak_ptr may be empty: its object has ended.
template <class O, class M>
BoundMethod<O, M> bindMethod(O&& object, M method, std::string_view verb) {
  auto const refuse = [&](char const* what) {
    throw std::invalid_argument("tincan: " + std::string(verb) + ": the " + what + " is null");
  };
  if constexpr (requires { object == nullptr; }) {
    if (object == nullptr) refuse("object");
  }
  if (method == nullptr) refuse("method");
  return {static_cast<O&&>(object), method};
}

/// Keeps the object of a callable alive while that is called; false if it has ended. True for all other callables.
template <class F>
auto holdObject([[maybe_unused]] F const& function) noexcept {
  if constexpr (HasObject<F>) return function.object();
  else return true;
}

}  // namespace tincan::inline abi0::detail
