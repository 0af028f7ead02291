// tincan/low/stone.hpp - lies below
