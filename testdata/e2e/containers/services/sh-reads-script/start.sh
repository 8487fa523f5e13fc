# No one may execute this file; sh finds it in the working directory.
exec java -Xmx64m -jar /app.jar "$@"
