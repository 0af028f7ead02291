// tincan/letter.hpp - is part of it
