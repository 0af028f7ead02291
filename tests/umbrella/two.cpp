#include <tincan/tincan.hpp>

tincan::Errc fromTheOtherFile();
tincan::Errc fromTheOtherFile() { return tincan::Errc::Closed; }
