// tincan/detail/base/inline.hpp - where the bodies of functions that are no templates are compiled
//
// They lie in the .ipp files. By default each public header brings those that it needs, and the functions are
// inline. Where TINCAN_SEPARATE_COMPILATION is defined, in all of a program, tincan/impl/src.hpp brings all of
// them into one translation unit, and they are ordinary functions. The macro changes no layout.
#pragma once

#if defined(TINCAN_SEPARATE_COMPILATION)
#define TINCAN_INLINE
#else
#define TINCAN_INLINE inline
#endif
