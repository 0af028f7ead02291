// tincan/detail/base/shared_function.hpp - a function of any type, which may be one that cannot be copied
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include <tincan/detail/base/callable.hpp>

namespace tincan::inline abi0::detail {

template <class Signature>
class SharedFunction;

/// A function of the user's, or none. Copies are the same function.
///
///   Threads   As the function's; the copies like those of a std::shared_ptr.
///   Errors    Making one throws std::bad_alloc, and what moving the function throws.
template <class R, class... A>
class SharedFunction<R(A...)> {
 public:
  /// A function whose type is only known to itself.
  class Callable {
   public:
    Callable() = default;
    Callable(Callable const&) = delete;
    Callable& operator=(Callable const&) = delete;
    virtual R operator()(A... arguments) const = 0;

   protected:
    ~Callable() = default;
  };

  /// None.
  SharedFunction() noexcept = default;
  // NOLINTNEXTLINE(google-explicit-constructor): a verb takes this where a function is given.
  SharedFunction(decltype(nullptr)) noexcept {}
  /// Holds the function; none for a null one.
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, SharedFunction> &&
           !std::is_same_v<F, decltype(nullptr)>)
      // NOLINTNEXTLINE(google-explicit-constructor): see above.
      SharedFunction(F&& function) {
    using Function = std::decay_t<F>;
    static_assert(std::is_invocable_r_v<R, Function&, A...>,
                  "tincan: the function that is given here cannot be called with what it is told.");
    if constexpr (MayBeNull<Function>) {
      if (function == nullptr) return;
    }
    function_ = std::make_shared<Holds<Function>>(std::forward<F>(function));
  }

  friend bool operator==(SharedFunction const& function, decltype(nullptr)) noexcept {
    return function.function_ == nullptr;
  }
  /// Calls the function, which is there.
  R operator()(A... arguments) const { return (*function_)(static_cast<A&&>(arguments)...); }

  /// Gives the function up; null: there is none.
  [[nodiscard]] std::shared_ptr<Callable> release() noexcept { return std::move(function_); }

 private:
  template <class F>
  class Holds final : public Callable {
   public:
    template <class G>
    explicit Holds(G&& function) : function_(std::forward<G>(function)) {}
    R operator()(A... arguments) const override {
      return static_cast<R>(function_(static_cast<A&&>(arguments)...));
    }

   private:
    F mutable function_;
  };

  std::shared_ptr<Callable> function_{};
};

}  // namespace tincan::inline abi0::detail
