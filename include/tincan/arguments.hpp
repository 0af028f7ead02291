// tincan/arguments.hpp - the arguments of a message, for who takes any
#pragma once

#include <tincan/detail/api/arguments.hpp>
#include <tincan/detail/engine.hpp>
