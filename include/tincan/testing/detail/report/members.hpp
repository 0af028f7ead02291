// tincan/testing/detail/report/members.hpp - counts the members of an aggregate
#pragma once

#include <cstddef>
#include <type_traits>

namespace tincan::inline abi0::testing::detail {

/// What only a base class can be made of.
template <class T>
struct AnyBaseOf {
  template <class Base>
  requires(std::is_base_of_v<Base, T> && !std::is_same_v<Base, T>) operator Base() const noexcept;
};
/// What anything can be made of.
struct Anything {
  template <class T>
  operator T() const noexcept;
};
/// What only a union can be made of.
struct AnyUnion {
  template <class T>
  requires(std::is_union_v<T>) operator T() const noexcept;
};

/// How many members an aggregate has, if each can be made of nothing; more than eight are nine.
template <class T>
constexpr std::size_t memberCount() noexcept {
  if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}}; }) return 9;
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}}; }) return 8;
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}}; }) return 7;
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}}; }) return 6;
  else if constexpr (requires { T{{}, {}, {}, {}, {}}; }) return 5;
  else if constexpr (requires { T{{}, {}, {}, {}}; }) return 4;
  else if constexpr (requires { T{{}, {}, {}}; }) return 3;
  else if constexpr (requires { T{{}, {}}; }) return 2;
  else return requires {
      T{{}};
    }
  ? 1 : 0;
}

/// Whether an aggregate has another member, made of that, behind so many.
template <class T, class Made>
constexpr bool hasMemberBehind(std::size_t count) noexcept {
  switch (count) {
    case 0: return requires { T{Made{}};
      };
    case 1: return requires { T{{}, Made{}};
      };
    case 2: return requires { T{{}, {}, Made{}};
      };
    case 3: return requires { T{{}, {}, {}, Made{}};
      };
    case 4: return requires { T{{}, {}, {}, {}, Made{}};
      };
    case 5: return requires { T{{}, {}, {}, {}, {}, Made{}};
      };
    case 6: return requires { T{{}, {}, {}, {}, {}, {}, Made{}};
      };
    case 7: return requires { T{{}, {}, {}, {}, {}, {}, {}, Made{}};
      };
    default: return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, Made{}};
      };
  }
}

/// Whether one of the members is a union: no structured binding goes through one without a name.
template <class T>
constexpr bool hasUnion() noexcept {
  for (std::size_t i = 0; i < memberCount<T>(); ++i) {
    if (hasMemberBehind<T, AnyUnion>(i)) return true;
  }
  return false;
}

/// An aggregate that a structured binding can take apart: it has one to eight members that can be counted, no base class
/// and no union.
template <class T>
concept MembersKnown =
    std::is_aggregate_v<T> && !std::is_union_v<T> && !std::is_array_v<T> && requires {
  T{};
}
&&!requires { T{AnyBaseOf<T>{}}; }
&&(memberCount<T>() > 0) && (memberCount<T>() < 9) &&
    !hasMemberBehind<T, Anything>(memberCount<T>()) && !hasUnion<T>();

}  // namespace tincan::inline abi0::testing::detail
