// tincan/fwd.hpp - x
