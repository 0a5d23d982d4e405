#include "bus/paths.hpp"

namespace envfix::bus {

std::string escaped_for_path(std::string_view text)
{
    constexpr std::string_view k_digits = "0123456789abcdef";
    std::string path;
    if (text.empty()) path += '_';
    for (const char c : text) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (plain) {
            path += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            path += '_';
            path += k_digits[byte >> 4U];
            path += k_digits[byte & 15U];
        }
    }
    return path;
}

sdbus::ObjectPath object_path(std::string_view noun, std::string_view id)
{
    std::string path = k_manager_path;
    path.append("/").append(noun).append("/").append(escaped_for_path(id));
    return sdbus::ObjectPath{path};
}

sdbus::ObjectPath run_path(const std::string& id)
{
    return id.empty() ? sdbus::ObjectPath{"/"} : object_path("run", id);
}

} // namespace envfix::bus
