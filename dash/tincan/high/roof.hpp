// tincan/high/roof.hpp - lies above
#include <tincan/low/wall.hpp>
