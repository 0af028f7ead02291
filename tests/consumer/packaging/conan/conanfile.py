# For Conan 2: conan create tests/consumer/packaging/conan -s compiler.cppstd=20
import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir


class TincanConan(ConanFile):
    name = "tincan"
    description = "Electron's ipc between the threads of one C++ program"
    topics = ("ipc", "message-bus", "threads", "header-only")
    license = "NONE"  # in SPDX's words: no licence has been chosen yet
    package_type = "static-library"  # header-library without the option compiled, see package_id
    settings = "os", "arch", "compiler", "build_type"
    options = {"compiled": [True, False], "fPIC": [True, False]}
    default_options = {"compiled": False, "fPIC": True}
    test_package_folder = "../.."

    @property
    def _root(self):
        return os.path.join(self.recipe_folder, "..", "..", "..", "..")

    def set_version(self):
        header = load(self, os.path.join(self._root, "include", "tincan", "version.hpp"))
        self.version = re.search(r"#define TINCAN_VERSION \d+  // (\S+)", header).group(1)

    def export_sources(self):
        copy(self, "CMakeLists.txt", self._root, self.export_sources_folder)
        copy(self, "include/*", self._root, self.export_sources_folder)

    def config_options(self):
        if self.settings.os == "Windows":
            del self.options.fPIC

    def configure(self):
        if not self.options.compiled:
            self.options.rm_safe("fPIC")

    def layout(self):
        cmake_layout(self)

    def validate(self):
        check_min_cppstd(self, 20)

    def package_id(self):
        if not self.info.options.compiled:
            self.info.clear()

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.variables["TINCAN_COMPILED"] = bool(self.options.compiled)
        for ours in ("TESTS", "EXAMPLES", "BENCHMARKS"):
            toolchain.variables[f"TINCAN_BUILD_{ours}"] = False
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        # Conan's generators write these.
        rmdir(self, os.path.join(self.package_folder, "lib", "cmake"))
        rmdir(self, os.path.join(self.package_folder, "lib", "pkgconfig"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "tincan")
        headers = self.cpp_info.components["tincan"]
        headers.set_property("cmake_target_name", "tincan::tincan")
        headers.set_property("pkg_config_name", "tincan")
        headers.bindirs = []
        headers.libdirs = []
        if self.settings.os in ("Linux", "FreeBSD"):
            headers.system_libs = ["pthread"]
        if self.options.compiled:
            compiled = self.cpp_info.components["compiled"]
            compiled.set_property("cmake_target_name", "tincan::compiled")
            compiled.set_property("pkg_config_name", "tincan-compiled")
            compiled.bindirs = []
            compiled.libs = ["tincan_compiled"]
            compiled.defines = ["TINCAN_SEPARATE_COMPILATION"]
            compiled.requires = ["tincan"]
