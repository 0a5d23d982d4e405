#include "formats/wheel_info.hpp"

#include "formats/header_reader.hpp"

namespace envfix::formats {

WheelInfo parse_wheel_info(std::string_view text)
{
    WheelInfo wheel;
    HeaderReader reader(text);
    HeaderReader::Field field;
    while (reader.next(field)) {
        const auto value = strip(field.value);
        if (equal_ignoring_case(field.name, "Tag"))
            wheel.tags.emplace_back(value);
        else if (equal_ignoring_case(field.name, "Root-Is-Purelib") && !wheel.root_is_purelib)
            wheel.root_is_purelib = equal_ignoring_case(value, "true");
        else if (equal_ignoring_case(field.name, "Generator") && wheel.generator.empty())
            wheel.generator = value;
    }
    return wheel;
}

std::string parse_installer(std::string_view text)
{
    Lines lines(text);
    std::string_view first;
    lines.next(first);
    return std::string(strip(first));
}

} // namespace envfix::formats
