// tests/umbrella/two.cpp - the umbrella in another file of the same program
#include <tincan/tincan.hpp>

tincan::Errc fromTheOtherFile();
tincan::Errc fromTheOtherFile() { return tincan::Errc::Closed; }
