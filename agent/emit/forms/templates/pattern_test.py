{{header}}
"""{{about}}"""

{{imports}}{{code}}
{{helpers}}{{tests}}