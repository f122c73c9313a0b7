import sys

RED, GREEN, END = "\033[31m", "\033[32m", "\033[0m"

print(f"Testing {sys.argv[1]}")
for name in ["cart", "checkout", "search", "account"]:
    print(f"  {GREEN}✓{END} {name}")
print(f"  {RED}✗ refunds{END}")
print(f"{RED}\033[1mAssertionError\033[0m{RED}: expected 12.50, got 12.5{END}", file=sys.stderr)
sys.exit(1)
