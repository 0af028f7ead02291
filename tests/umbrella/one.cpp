// tests/umbrella/one.cpp - the umbrella in one file
//
// Linked with two.cpp: the umbrella may be included in as many files as one likes.
#include <tincan/tincan.hpp>

tincan::Errc fromTheOtherFile();

int main() { return fromTheOtherFile() == tincan::Errc::Closed ? 0 : 1; }
