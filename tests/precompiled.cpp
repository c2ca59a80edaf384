// Has nothing of its own: what tests include most is compiled once, with it (see CMakeLists.txt).
