// tincan/detail/base/exception_text.hpp - what an exception says
#pragma once

#include <exception>
#include <string>

namespace tincan::inline abi0::detail {

/// A user's what() may return null.
inline std::string exceptionText(std::exception const& exception) {
  char const* const text = exception.what();
  return text == nullptr ? "an exception whose what() is null" : text;
}

inline std::string exceptionText(std::exception_ptr const& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (std::exception const& error) {
    return exceptionText(error);
  } catch (...) {
    return "something that is no std::exception";
  }
}

}  // namespace tincan::inline abi0::detail
