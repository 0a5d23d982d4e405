#include "formats/wheel_info.hpp"
#include "support/catch.hpp"
using namespace envfix::formats;

TEST_CASE("WHEEL tells the tags and whether the root is pure")
{
    CHECK(parse_wheel_info(
              "Wheel-Version: 1.0\r\nGenerator: maturin (1.7)\r\nRoot-Is-Purelib: false\r\n"
              "Tag: cp37-abi3-manylinux_2_28_x86_64\r\ntag: cp37-abi3-linux_x86_64 \r\n") ==
          WheelInfo{{"cp37-abi3-manylinux_2_28_x86_64", "cp37-abi3-linux_x86_64"},
                    false,
                    "maturin (1.7)"});
    CHECK(parse_wheel_info("Root-Is-Purelib: True\n").root_is_purelib == true);
    CHECK(parse_wheel_info("") == WheelInfo{});
}

TEST_CASE("INSTALLER names a tool on its first line")
{
    CHECK(parse_installer("pip\n") == "pip");
    CHECK(parse_installer(" uv \r\nx") == "uv");
    CHECK(parse_installer("").empty());
}
