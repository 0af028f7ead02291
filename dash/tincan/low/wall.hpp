// tincan/low/wall.hpp - lies on it
#include <tincan/low/stone.hpp>
