// tests/umbrella/macros.hpp - the macros of engines and systems
//
// Unreal Engine's check and verify, Apple's require and check, windows.h's min and max, X11's None and Always, Qt's
// slots and emit. To be included after the headers of the standard library, which do not take min and max as macros.
#pragma once

// clang-format off
#define check(expression) { if (!(expression)) { __builtin_trap(); } }
#define verify(expression) { if (!(expression)) { __builtin_trap(); } }
#define ensure(expression) (expression)
#define require(assertion, label) do { if (!(assertion)) goto label; } while (0)
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#define TEXT(text) L##text
#define PI 3.14f
#define UI UI_ST
#define interface struct
#define small char
#define near
#define far
#define ERROR 0
#define IN
#define OUT
#define OPTIONAL
#define CONST const
#define VOID void
#define DELETE (0x00010000L)
#define NO_ERROR 0L
#define STRICT 1
#define PASCAL
#define ABSOLUTE 1
#define RELATIVE 2
#define TRANSPARENT 1
#define OPAQUE 2
#define SendMessage SendMessageA
#define PostMessage PostMessageA
#define GetMessage GetMessageA
#define CreateWindow CreateWindowA
#define Yield()
// X11
#define None 0L
#define Always 2
#define Never 0
#define Bool int
#define Status int
#define Success 0
#define True 1
#define False 0
#define CurrentTime 0L
#define Above 0
#define Below 1
#define Complex 0
#define Convex 2
#define KeyPress 2
#define KeyRelease 3
#define FocusIn 9
#define FocusOut 10
#define Expose 12
#define Unsorted 0
#define YSorted 1
#define InputOutput 1
#define InputOnly 2
#define DestroyAll 0
#define RetainTemporary 2
#define ParentRelative 1L
#define CopyFromParent 0L
#define PointerRoot 1L
#define AnyKey 0L
#define GrabSuccess 0
#define AlreadyGrabbed 1
#define ControlMask 4
#define Button1 1
#define ReplayKeyboard 5
#define AllocNone 0
#define DirectColor 5
#define Screen(number) (number)
// Qt
#define slots
#define signals public
#define emit
#define foreach for
#define forever for (;;)
#define Q_OBJECT
// old Unix and embedded systems
#define major(device) ((device) >> 8)
#define minor(device) ((device) & 255)
#define unix 1
#define linux 1
#define F(text) (text)
#define bit(b) (1UL << (b))
#define lowByte(w) ((w) & 0xff)
#define TRUE 1
#define FALSE 0
#define BIT(n) (1 << (n))
#define likely(x) (x)
#define unlikely(x) (x)
#define Assert(x) ((void)0)
#define CHECK(x) ((void)0)
#define LOG(x) ((void)0)
// clang-format on
