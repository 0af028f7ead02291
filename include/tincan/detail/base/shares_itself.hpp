// tincan/detail/base/shares_itself.hpp - what a std::shared_ptr to itself can be got from
#pragma once

#include <memory>

namespace tincan::inline abi0::detail {

/// std::enable_shared_from_this with a destructor that nobody else can reach: the friends of the standard
/// library's one can, which -Wnon-virtual-dtor finds in every derived class with virtual functions.
template <class T>
class SharesItself : public std::enable_shared_from_this<T> {
 protected:
  SharesItself() = default;
  ~SharesItself() = default;
};

}  // namespace tincan::inline abi0::detail
