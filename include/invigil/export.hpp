// Marks what the shared library exports; everything else is hidden.
#pragma once

#if defined(INVIGIL_STATIC)
#define INVIGIL_API
#elif defined(_WIN32) && defined(INVIGIL_BUILDING)
#define INVIGIL_API __declspec(dllexport)
#elif defined(_WIN32)
#define INVIGIL_API __declspec(dllimport)
#else
#define INVIGIL_API __attribute__((visibility("default")))
#endif
