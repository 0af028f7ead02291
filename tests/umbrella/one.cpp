// tests/umbrella/one.cpp - the umbrella in one file
//
// Linked with two.cpp: the umbrella may be included in as many files as one likes.
#include <tincan/tincan.hpp>

tincan::Errc fromTheOtherFile();

// Names that a program may have beside `using namespace tincan`: of physics, of versions.
using namespace tincan;
double v0 = 3;
double v1 = 4;
namespace v2 {}

int main() { return fromTheOtherFile() == Errc::Closed && v0 + v1 > 0 ? 0 : 1; }
